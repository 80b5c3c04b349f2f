import { OwnEndpoint } from './OwnEndpoint'
import { WithDeviceWords } from './words'

/** The settings of one person and of one device. */
export function DeviceSections() {
  return (
    <WithDeviceWords>
      <OwnEndpoint />
    </WithDeviceWords>
  )
}
