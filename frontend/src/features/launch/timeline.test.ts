import { expect, test } from 'vitest'
import type { RunningInstance, StartProgress, Transfer } from '@/api/control/types'
import { advance, begin, current, isOver, ofInstance, timelineOf } from './timeline'

const told = (step: StartProgress['step'], more: Partial<StartProgress> = {}): StartProgress => ({
  step,
  variant: 'v',
  download: null,
  instance: null,
  error: null,
  ...more,
})
const reading = (progress: number) => ({
  bytes_done: null,
  bytes_total: null,
  eta_seconds: null,
  progress,
})

const instance = (state: RunningInstance['state'], more: Partial<RunningInstance> = {}) =>
  ({
    run_id: 'r',
    variant: 'v',
    name: 'V',
    state,
    loading: null,
    error: null,
    ...more,
  }) as RunningInstance
const download = { bytes_done: 1, bytes_total: 4 } as Transfer
const begun = () => begin('v', 'V', { model_id: 'v' }, 1000)
const states = (start: Parameters<typeof timelineOf>[0]) =>
  timelineOf(start).map(line => `${line.step} ${line.state}`)

test('what is here already is not downloaded', () => {
  const launched = advance(begun(), told('launch', { instance: instance('starting') }), 1200)
  expect(states(launched)).toEqual(['resolve done', 'launch now', 'load todo', 'ready todo'])
})

test('a download tells how far it is, and stays as a step that was taken', () => {
  const going = advance(begun(), told('download', { download }), 1100)
  expect(timelineOf(going)[1]).toEqual({
    step: 'download',
    state: 'now',
    share: 0.25,
    tookMs: null,
  })
  const launched = advance(going, told('launch', { instance: instance('starting') }), 5100)
  expect(timelineOf(launched)[1]).toMatchObject({ state: 'done', tookMs: 4000 })
})

test('at the end all steps are done', () => {
  const ready = advance(begun(), told('ready', { instance: instance('ready') }), 3000)
  expect(isOver(ready)).toBe(true)
  expect(states(ready)).toEqual(['resolve done', 'launch done', 'load done', 'ready done'])
})

test('an error stands at the step that broke', () => {
  const error = { code: 'launch_failed', message: 'No memory.' }
  const loading = advance(
    begun(),
    told('load', { instance: instance('loading', { loading: reading(0.4) }) }),
    2000,
  )
  expect(states(advance(loading, told('error', { error }), 3000))).toContain('load failed')
  expect(states(advance(begun(), told('error', { error }), 3000))[0]).toBe('resolve failed')
})

test('what runs corrects what was told before the drawer was closed', () => {
  const launched = advance(begun(), told('launch', { instance: instance('starting') }), 1200)
  expect(current(launched, instance('ready'))?.step).toBe('ready')
  expect(current(launched, undefined)?.step).toBe('launch')
  // An instance of before, while the new start is still being looked into.
  expect(current(begun(), instance('ready'))?.step).toBe('resolve')
})

test('after a reload the state of the instance tells the step', () => {
  const found = current(undefined, instance('loading', { loading: reading(0.43) }))
  expect(found && timelineOf(found).find(line => line.step === 'load')).toMatchObject({
    state: 'now',
    share: 0.43,
  })
  expect(ofInstance(instance('stopped'))).toBeNull()
  expect(current(undefined, undefined)).toBeNull()
})
