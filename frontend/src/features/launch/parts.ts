/** What the memory of a start consists of. Pure. */
import type { Device, Fit } from '@/api/control/types'

export interface Part {
  name: 'weights' | 'contexts' | 'overhead' | 'needed'
  bytes: number
}

/** The parts of one memory's need. On GPUs lie weights and contexts, in the machine's memory the rest. */
export function partsOf(device: Device, fit: Fit): Part[] {
  const { weights_bytes: weights, context_bytes: contexts, overhead_bytes: overhead } = fit
  const needed = device.needed_bytes
  const known = weights + contexts + overhead
  if (known === 0) return [{ name: 'needed', bytes: needed }]
  const onGpus = fit.devices.some(one => one.name !== 'memory')
  const held: Part[] = [
    { name: 'weights', bytes: onGpus && device.name === 'memory' ? 0 : weights },
    { name: 'contexts', bytes: onGpus && device.name === 'memory' ? 0 : contexts },
    { name: 'overhead', bytes: onGpus && device.name !== 'memory' ? 0 : overhead },
  ]
  // several GPUs share them, and an engine that claims a part of one uses all of that
  const sum = held.reduce((total, part) => total + part.bytes, 0)
  return held
    .filter(part => part.bytes > 0)
    .map(part => ({ ...part, bytes: (part.bytes / sum) * needed }))
}
