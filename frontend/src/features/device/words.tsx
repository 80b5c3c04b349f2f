import type { DeviceWords } from '@/i18n/device.en'
import { lazyWords } from '@/i18n/lazy'

/** Gives the person's own sections of the settings their words. */
export const WithDeviceWords = lazyWords<DeviceWords>({
  en: () => import('@/i18n/device.en'),
  'zh-CN': () => import('@/i18n/device.zh-CN'),
})
