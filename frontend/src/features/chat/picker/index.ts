export { ModelPicker } from './ModelPicker'
export { findModel, modelName } from './names'
export { isMoving, StateDot } from './StateDot'
