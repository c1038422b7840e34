import { type Alarm, seenCameraSchema } from '../shared/alarms.ts'
import { createFieldWriter } from '../shared/said.ts'
import type { SeesCamera } from './alarms/alarmSearch.ts'

const seenCamera = ({ camera }: Pick<Alarm, 'camera'>, sees: SeesCamera) => (camera !== undefined && sees(camera.id) ? camera : undefined)
const write = createFieldWriter<SeesCamera>((field) => (field === seenCameraSchema ? seenCamera : undefined))

/** What is for somebody, without the cameras of alarms and incidents that he may not see, by its schema; `sees` null: he may see all. */
export function withSeenCameras<Value>(schema: unknown, value: Value, sees: SeesCamera | null): Value {
  return sees === null ? value : write(schema, value, sees)
}
