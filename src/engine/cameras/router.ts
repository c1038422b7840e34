import { noServerOfName, noSuchName } from '../../shared/asked.ts'
import { type CameraChange, type CameraOwner, cameraInputSchema } from '../../shared/cameras.ts'
import type { PathEdit } from '../../shared/pathEdits.ts'
import { callerOf, isAllowed, type Operator } from '../../shared/permissions.ts'
import { type PictureReason, type Preview, plainReason } from '../../shared/previews.ts'
import { redactUrl } from '../../shared/redact.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { ValidationError } from '../../shared/validationErrors.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { api, orNotEdited, orNotFound, orRefused } from '../api.ts'
import type { PathEditRefusal, PathEdits } from '../configurations/pathEdits.ts'
import type { OnAirPlans } from '../maintenance/onAir.ts'
import type { Previews } from '../previews/previews.ts'
import { refusalError } from '../refusing.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import { yaml } from '../yaml.ts'
import { addressOf, type Cameras, isOwned, type StoredCamera, serverStreamsOf } from './cameras.ts'
import { exportCameras } from './exportCameras.ts'
import { importCameras } from './importCameras.ts'
import type { NetworkSearch } from './networkSearch.ts'
import { type ShownCameras, shownStreams } from './shownCameras.ts'

interface CamerasRouterDeps {
  readonly cameras: Cameras
  readonly shown: ShownCameras
  readonly search: NetworkSearch
  readonly people: Pick<Accounts, 'nameOf' | 'idOf' | 'ownsOf' | 'groups' | 'list'>
  readonly servers: () => readonly { readonly id: string; readonly name: string }[]
  readonly onAir: Pick<OnAirPlans, 'list'>
  readonly snapshots: Pick<Snapshots, 'newest'>
  readonly previews: Pick<Previews, 'open' | 'closeOwn'>
  readonly paths: Pick<PathEdits, 'preview' | 'apply'>
}

export function camerasRouter(deps: CamerasRouterDeps) {
  const { cameras, shown, search, people, onAir, snapshots, previews, paths } = deps
  type Errors = { readonly NOT_FOUND: () => Error }
  const found = (id: string, operator: Operator, errors: Errors): StoredCamera => orNotFound(cameras.get(id, operator), errors)
  // Of servers, and of plans that none of his cameras has, whoever may not see the fleet is told nothing.
  const servers = (operator: Operator) => (isAllowed(operator, 'view') ? deps.servers() : [])
  const plans = (operator: Operator) => {
    const all = onAir.list().map(({ id, name }) => ({ id, name }))
    if (isAllowed(operator, 'view')) return all
    const own = new Set(cameras.seenBy(operator).map(({ input }) => input.expected))
    return all.filter(({ id }) => own.has(id))
  }
  /** Whether somebody may learn of an account or group: who is limited to some cameras of himself and of their owners. */
  const knownOwners = (operator: Operator): ((owner: CameraOwner) => boolean) => {
    if (operator.limit === null) return () => true
    const keyOf = (owner: CameraOwner) => (owner.kind === 'account' ? `account ${owner.id}` : `group ${owner.name}`)
    const own = [`account ${operator.owns.accountId}`, ...operator.owns.groups.map((name) => `group ${name}`)]
    const known = new Set([...own, ...cameras.seenBy(operator).flatMap(({ input: { owner } }) => (owner === null ? [] : [keyOf(owner)]))])
    return (owner) => known.has(keyOf(owner))
  }
  /** Refuses a server, plan or account that there is not, unless the camera named it before. */
  const refuseUnknown = ({ streams = [], expected = null, owner = null }: CameraChange, before: StoredCamera | null, operator: Operator): void => {
    const refuse = (field: string, validationError: ValidationError) => {
      throw refusalError('BAD_REQUEST', 400, { kind: 'notAccepted', validationErrors: [{ field, validationError }], more: 0 })
    }
    const had = before === null ? [] : serverStreamsOf(before).map(({ serverId }) => serverId)
    const known = new Set([...servers(operator).map(({ id }) => id), ...had])
    for (const [place, stream] of streams.entries())
      if ('serverId' in stream && !known.has(stream.serverId)) refuse(`streams.${place}.serverId`, noServerOfName(stream.serverId, servers(operator)))
    if (expected !== null && expected !== 'always' && expected !== before?.input.expected && !plans(operator).some(({ id }) => id === expected)) {
      const names = ['always', ...plans(operator).map(({ id }) => id)]
      refuse('expected', noSuchName(expected, names))
    }
    const hadOwner = before?.input.owner
    if (owner?.kind === 'account' && !(hadOwner?.kind === 'account' && hadOwner.id === owner.id) && people.nameOf(owner.id) === null)
      refuse('owner', { kind: 'noSuchName', text: owner.id, meant: null, known: [] })
  }
  const ownerIdBy = (operator: Operator) => {
    const knows = knownOwners(operator)
    return (name: string): string | null => {
      const id = people.idOf(name)
      return id !== null && knows({ kind: 'account', id }) ? id : null
    }
  }
  const mainOf = (camera: StoredCamera, use: 'main' | 'sub' = 'main') => {
    const streams = serverStreamsOf(camera)
    return streams.find((stream) => stream.use === use) ?? streams[0] ?? null
  }

  /** `basis`: as returned by the preview; undefined: whatever the server has now. */
  const applied = async (change: Change, basis: string | undefined, operator: Operator, reason: string): Promise<Result<PathEdit, PathEditRefusal>> => {
    if (basis !== undefined) return await paths.apply({ ...change, basis }, operator.name, reason)
    const preview = await paths.preview(change)
    return preview.ok ? await paths.apply({ ...change, basis: preview.value.basis }, operator.name, reason) : preview
  }
  const moving = new Set<string>()
  /** Of a camera one push or withdrawal at a time: of two at once, the path of one would be left on its server. */
  const moved = async <Value>(id: string, move: () => Promise<Result<Value, PushRefusal>>): Promise<Result<Value, PushRefusal>> => {
    if (moving.has(id)) return err({ code: 'RUNNING' })
    moving.add(id)
    try {
      return await move()
    } finally {
      moving.delete(id)
    }
  }

  return {
    list: api.cameras.list.handler(({ input, context }) => shown.list(input, context.operator)),
    get: api.cameras.get.handler(({ input, context: { operator }, errors }) => shown.one(found(input.id, operator, errors), operator)),
    add: api.cameras.add.handler(({ input, context: { operator }, errors }) => {
      refuseUnknown(input, null, operator)
      return shown.one(orRefused(cameras.add(input, operator), errors), operator)
    }),
    update: api.cameras.update.handler(({ input, context: { operator }, errors }) => {
      refuseUnknown(input.change, found(input.id, operator, errors), operator)
      return shown.one(orRefused(cameras.update(input.id, input.change, operator, input.revision), errors), operator)
    }),
    updateMany: api.cameras.updateMany.handler(({ input, context, errors }) => {
      refuseUnknown(input.change, null, context.operator)
      return { changed: orRefused(cameras.updateMany(input.ids, input.change, context.operator), errors) }
    }),
    remove: api.cameras.remove.handler(({ input, context, errors }) => {
      orRefused(cameras.removeMany([input.id], context.operator), errors)
    }),
    removeMany: api.cameras.removeMany.handler(({ input, context, errors }) => ({
      removed: orRefused(cameras.removeMany(input.ids, context.operator), errors),
    })),
    restore: api.cameras.restore.handler(({ context, errors }) => orRefused(cameras.restore(context.operator), errors)),
    ofAccount: api.cameras.ofAccount.handler(({ input: { accountId, ...page }, context: { operator } }) => {
      const owns = people.ownsOf(accountId) ?? { accountId, groups: [] }
      return shown.page(
        cameras.seenBy(operator).filter((camera) => isOwned(camera, owns)),
        page,
        operator,
      )
    }),
    owners: api.cameras.owners.handler(({ context: { operator } }) => {
      const knows = knownOwners(operator)
      return {
        accounts: people.list().flatMap(({ id, name, fullName }) => (knows({ kind: 'account', id }) ? [{ id, name, fullName }] : [])),
        groups: people.groups().filter((name) => knows({ kind: 'group', name })),
      }
    }),
    favourite: api.cameras.favourite.handler(({ input, context, errors }) => {
      // The only change that needs nothing but a sign-in, and that is kept at a desk.
      if (context.operator.isLocked) throw refusalError('FORBIDDEN', 403, { kind: 'deskLocked' })
      orRefused(cameras.favourite(input.id, input.on, context.operator), errors)
    }),
    picture: api.cameras.picture.handler(async ({ input, context, errors }) => {
      const main = mainOf(found(input.id, context.operator, errors))
      return main === null ? null : ((await snapshots.newest({ streams: [main] }))[0] ?? null)
    }),
    ofStreams: api.cameras.ofStreams.handler(({ input, context }) =>
      input.streams.map(({ serverId, path }) => {
        const camera = cameras.seenOf(serverId, path, context.operator)
        return camera && { id: camera.id, name: camera.input.name, expected: camera.input.expected }
      }),
    ),
    play: api.cameras.play.handler(async ({ input: { id, use, viewer, ...wish }, context, errors }) => {
      const { operator } = context
      const main = mainOf(found(id, operator, errors), use)
      if (main === null) return notPlayed({ kind: 'streamMissing' })
      const { serverId, path } = main
      // A person has so many pictures, however many windows he has; who shares a token is told apart by his window.
      const by = operator.owns.accountId ?? `${operator.id} ${viewer}`
      const only = (now: Operator): boolean => {
        const camera = now.id === operator.id ? cameras.get(id, now) : null
        return camera !== null && serverStreamsOf(camera).some((stream) => stream.serverId === serverId && stream.path === path)
      }
      const opened = await previews.open({ ...wish, serverId, path, viewer: `camera ${by}`, only, by: callerOf(context) })
      return opened === null ? notPlayed({ kind: 'streamMissing' }) : isAllowed(operator, 'view') ? opened : withoutFleet(opened)
    }),
    stop: api.cameras.stop.handler(({ input, context }) => previews.closeOwn(input.previewId, context.operator)),
    proposals: api.cameras.proposals.handler(({ input, context }) => shown.proposals(input, context.operator)),
    networks: api.cameras.networks.handler(() => search.networks()),
    searchNetwork: api.cameras.searchNetwork.handler(async ({ input, context, errors }) => orRefused(await search.search(input, context.operator), errors)),
    addFound: api.cameras.addFound.handler(({ input: { ids, project }, context: { operator }, errors }) => {
      const found = orNotFound(search.chosen(ids, operator), errors)
      return {
        added: orRefused(
          cameras.addMany(
            found.map((each) => cameraInputSchema.parse({ ...each, project })),
            operator,
          ),
          errors,
        ),
      }
    }),
    unseen: api.cameras.unseen.handler(({ input, context }) => shown.unseen(input, context.operator)),
    import: api.cameras.import.handler(({ input, context: { operator }, errors }) =>
      orRefused(importCameras(cameras, { servers: servers(operator), plans: plans(operator), people: { idOf: ownerIdBy(operator) } }, input, operator), errors),
    ),
    export: api.cameras.export.handler(({ input, context: { operator } }) => {
      const named = (all: readonly { readonly id: string; readonly name: string }[]) => {
        const names = new Map(all.map(({ id, name }) => [id, name]))
        return (id: string) => names.get(id) ?? null
      }
      const exported = cameras.seenBy(operator).map((camera) => ({ ...camera, input: { ...camera.input, streams: shownStreams(camera, operator) } }))
      return exportCameras(exported, input.format, { server: named(servers(operator)), account: people.nameOf, plan: named(plans(operator)) })
    }),
    pushPreview: api.cameras.pushPreview.handler(async ({ input, context, errors }) => {
      const { change, text } = orNotEdited(planOf(found(input.id, context.operator, errors), input), errors)
      return { ...orNotEdited(await paths.preview(change), errors), path: change.path, yaml: text }
    }),
    push: api.cameras.push.handler(async ({ input, context: { operator }, errors }) => {
      const camera = found(input.id, operator, errors)
      const push = async (): Promise<Result<PathEdit & { readonly yaml: string }, PushRefusal>> => {
        const plan = planOf(camera, input)
        if (!plan.ok) return plan
        const { change, text } = plan.value
        const edit = await applied(change, input.basis, operator, input.reason)
        // What could not be read back may be there.
        if (edit.ok && edit.value.outcome !== 'refused') cameras.setPushed(camera.id, { serverId: change.id, path: change.path }, operator)
        return edit.ok ? ok({ ...edit.value, yaml: text }) : edit
      }
      const edit = orNotEdited(await moved(camera.id, push), errors)
      return { ...edit, camera: shown.one(cameras.get(camera.id, operator) ?? camera, operator) }
    }),
    /** Takes the path away again, which may be gone already: a server forgets it when it reads its file. */
    withdraw: api.cameras.withdraw.handler(async ({ input, context: { operator }, errors }) => {
      const camera = found(input.id, operator, errors)
      const { pushed } = camera
      const withdraw = async (): Promise<Result<PathEdit, PushRefusal>> => {
        if (pushed === null) return err({ code: 'NOT_PUSHED' })
        const tried = await applied({ id: pushed.serverId, path: pushed.path, change: 'remove', settings: {} }, undefined, operator, input.reason)
        const isGone = !tried.ok && (tried.error.code === 'NO_SUCH_PATH' || tried.error.code === 'NOT_FOUND')
        const edit = isGone ? ok({ lines: [], outcome: 'applied', error: null, notTaken: [] } as const satisfies PathEdit) : tried
        if (edit.ok && edit.value.outcome !== 'refused') cameras.setPushed(camera.id, null, operator)
        return edit
      }
      const edit = orNotEdited(await moved(camera.id, withdraw), errors)
      return { ...edit, camera: shown.one(cameras.get(camera.id, operator) ?? camera, operator), yaml: '' }
    }),
  }
}

type PushRefusal = PathEditRefusal | { readonly code: 'NO_ADDRESS' | 'PUSHED_ALREADY' | 'NOT_PUSHED' }
type Change = Parameters<PathEdits['preview']>[0]
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
function planOf(camera: StoredCamera, { serverId, path }: Target): Result<{ readonly change: Change; readonly text: string }, PushRefusal> {
  if (camera.pushed !== null) return err({ code: 'PUSHED_ALREADY' })
  const address = addressOf(camera)
  if (address === null) return err({ code: 'NO_ADDRESS' })
  const change = { id: serverId, path: path ?? pathOf(camera), change: 'add', settings: { source: address, sourceOnDemand: true } } as const
  return ok({ change, text: yamlOf(change.path, address) })
}

function notPlayed(why: PictureReason): Preview {
  return { url: null, previewId: null, why }
}

/** What a reason tells of servers is not for those who may not see them. */
function withoutFleet(preview: Preview): Preview {
  return preview.url === null ? { ...preview, why: plainReason(preview.why) } : preview
}
