export { isMoving, StateDot } from '@/components/state-dot'
export { ModelPicker } from './ModelPicker'
export { findModel, modelName } from './names'
