export {
  type Begun,
  connectLive,
  followGeneration,
  forgetGeneration,
  isOurs,
  onFinished,
  onSession,
  sendChat,
  stopGeneration,
} from './commands'
export { speedOf } from './pace'
export { callOf } from './state'
export {
  type LiveGeneration,
  liveGeneration,
  useLiveChats,
  useLiveGeneration,
} from './store'
