export {
  type Begun,
  connectLive,
  followGeneration,
  forgetGeneration,
  onFinished,
  onSession,
  sendChat,
  stopGeneration,
} from './commands'
export {
  type LiveBlock,
  type LiveGeneration,
  useLiveChats,
  useLiveGeneration,
  useLiveIds,
} from './store'
