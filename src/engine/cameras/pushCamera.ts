import type { PathEdit, PathPreview } from '../../shared/pathEdits.ts'
import type { Operator } from '../../shared/permissions.ts'
import { redactUrl } from '../../shared/redact.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { PathEditRefusal, PathEdits } from '../configurations/pathEdits.ts'
import { yaml } from '../yaml.ts'
import { addressOf, type Cameras, type StoredCamera } from './cameras.ts'

export type PushRefusal = PathEditRefusal | { readonly code: 'NO_ADDRESS' | 'PUSHED_ALREADY' | 'NOT_PUSHED' }
type Refused<Value> = Result<Value, PushRefusal>
interface PushDeps {
  readonly cameras: Cameras
  readonly paths: Pick<PathEdits, 'preview' | 'apply'>
}
interface Target {
  readonly serverId: string
  readonly path?: string | undefined
}

/** A path name of MediaMTX made of project and name: `Yard/Gate 1` → `yard/gate-1`. */
function pathOf({ id, input: { project, name } }: StoredCamera): string {
  const plain = (text: string) =>
    text
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
  const path = [plain(project), plain(name)].filter((part) => part !== '').join('/')
  // To MediaMTX, `all` are all other paths.
  return path === '' || path === 'all' ? `camera-${id.slice(0, 8)}` : path
}

/** For the server's own file; user and password are hidden. */
function yamlOf(path: string, address: string): string {
  return yaml().stringify({ paths: { [path]: { source: redactUrl(address), sourceOnDemand: true } } }, { lineWidth: 0 })
}

/** The change that makes a camera a path of a server, which reads it while somebody watches. */
function planOf(camera: StoredCamera, { serverId, path }: Target): Refused<{ readonly change: Parameters<PathEdits['preview']>[0]; readonly yaml: string }> {
  if (camera.pushed !== null) return err({ code: 'PUSHED_ALREADY' })
  const address = addressOf(camera)
  if (address === null) return err({ code: 'NO_ADDRESS' })
  const change = { id: serverId, path: path ?? pathOf(camera), change: 'add', settings: { source: address, sourceOnDemand: true } } as const
  return ok({ change, yaml: yamlOf(change.path, address) })
}

export async function previewPush({ paths }: PushDeps, camera: StoredCamera, target: Target): Promise<Refused<PathPreview & { path: string; yaml: string }>> {
  const plan = planOf(camera, target)
  if (!plan.ok) return plan
  const preview = await paths.preview(plan.value.change)
  return preview.ok ? ok({ ...preview.value, path: plan.value.change.path, yaml: plan.value.yaml }) : preview
}

type Pushed = PathEdit & { readonly camera: StoredCamera; readonly yaml: string }

/** `basis`: as returned by the preview; undefined: whatever the server has now. */
export async function pushCamera(
  { cameras, paths }: PushDeps,
  camera: StoredCamera,
  { basis, reason, ...target }: Target & { readonly basis?: string | undefined; readonly reason: string },
  operator: Operator,
): Promise<Refused<Pushed>> {
  const plan = planOf(camera, target)
  if (!plan.ok) return plan
  const { change } = plan.value
  const edit = await applied(paths, change, basis, operator, reason)
  if (!edit.ok) return edit
  // What could not be read back may be there.
  const pushed = edit.value.outcome === 'refused' ? null : { serverId: change.id, path: change.path }
  const now = pushed === null ? camera : (cameras.setPushed(camera.id, pushed, operator) ?? camera)
  return ok({ ...edit.value, camera: now, yaml: plan.value.yaml })
}

/** Takes the path away again, which may be gone already: a server forgets it when it reads its file. */
export async function withdrawCamera({ cameras, paths }: PushDeps, camera: StoredCamera, reason: string, operator: Operator): Promise<Refused<Pushed>> {
  if (camera.pushed === null) return err({ code: 'NOT_PUSHED' })
  const { serverId, path } = camera.pushed
  const edit = await applied(paths, { id: serverId, path, change: 'remove', settings: {} }, undefined, operator, reason)
  const isGone = !edit.ok && (edit.error.code === 'NO_SUCH_PATH' || edit.error.code === 'NOT_FOUND')
  if (!edit.ok && !isGone) return edit
  const made: PathEdit = edit.ok ? edit.value : { lines: [], outcome: 'applied', error: null, notTaken: [] }
  const isKept = made.outcome === 'refused'
  const yamlText = yaml().stringify({ paths: { [path]: null } })
  return ok({ ...made, camera: isKept ? camera : (cameras.setPushed(camera.id, null, operator) ?? camera), yaml: yamlText })
}

async function applied(
  paths: PushDeps['paths'],
  change: Parameters<PathEdits['preview']>[0],
  basis: string | undefined,
  operator: Operator,
  reason: string,
): Promise<Result<PathEdit, PathEditRefusal>> {
  if (basis !== undefined) return await paths.apply({ ...change, basis }, operator.name, reason)
  const preview = await paths.preview(change)
  return preview.ok ? await paths.apply({ ...change, basis: preview.value.basis }, operator.name, reason) : preview
}
