export { Returned as default } from '@/features/tools/login'
