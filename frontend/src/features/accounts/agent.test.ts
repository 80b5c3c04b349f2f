import { expect, it } from 'vitest'
import { agentOf } from './agent'

const chrome =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

it('tells browsers that call themselves like others apart', () => {
  expect(agentOf(chrome)).toEqual({ browser: 'Chrome', system: 'Linux' })
  expect(agentOf(`${chrome} Edg/140.0`)).toEqual({ browser: 'Edge', system: 'Linux' })
  expect(
    agentOf(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1',
    ),
  ).toEqual({ browser: 'Safari', system: 'iOS' })
  expect(agentOf('python-httpx/0.28.1')).toBeNull()
})
