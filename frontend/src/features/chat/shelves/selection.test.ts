import { afterEach, describe, expect, it } from 'vitest'
import { beginSelecting, endSelecting, selectAll, toggleSelected, useSelection } from './selection'

const order = ['a', 'b', 'c', 'd']
const selected = () => [...useSelection.getState().ids].sort()

afterEach(endSelecting)

describe('selecting chats', () => {
  it('adds and takes away one by one', () => {
    beginSelecting('b')
    toggleSelected('d', false, order)
    expect(selected()).toEqual(['b', 'd'])
    toggleSelected('b', false, order)
    expect(selected()).toEqual(['d'])
  })

  it('takes a range in either direction', () => {
    beginSelecting('c')
    toggleSelected('a', true, order)
    expect(selected()).toEqual(['a', 'b', 'c'])
    toggleSelected('b', true, order)
    expect(selected()).toEqual(['a', 'b', 'c'])
  })

  it('takes one where the range has no beginning', () => {
    beginSelecting()
    toggleSelected('c', true, order)
    expect(selected()).toEqual(['c'])
  })

  it('ends with nothing selected', () => {
    selectAll(order)
    expect(selected()).toEqual(order)
    endSelecting()
    expect(useSelection.getState()).toMatchObject({ on: false, anchor: null })
    expect(selected()).toEqual([])
  })
})
