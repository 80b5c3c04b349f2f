import { Notices } from './Notices'
import { OwnEndpoint } from './OwnEndpoint'
import { Voice } from './Voice'
import { WithDeviceWords } from './words'

/** The settings of one person and of one device. */
export function DeviceSections() {
  return (
    <WithDeviceWords>
      <OwnEndpoint />
      <Voice />
      <Notices />
    </WithDeviceWords>
  )
}
