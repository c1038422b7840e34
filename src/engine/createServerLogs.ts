import { type NewEvent, newEvent } from '../shared/events.ts'
import { ok } from '../shared/result.ts'
import { ConfigurationLog } from './configurations/configurationLog.ts'
import type { FleetModel } from './fleetModel.ts'
import { createSessionLog } from './sessions/sessionLog.ts'
import { openSessionsDatabase } from './sessions/sessionsDatabase.ts'
import { sessionOf } from './streams/sessions.ts'
import { ViewLog } from './viewing/viewLog.ts'
import type { Wiring } from './wiring.ts'

/** What is kept of servers beside history: their sessions and their configurations. */
export type ServerLogs = Extract<Awaited<ReturnType<typeof createServerLogs>>, { readonly ok: true }>['value']

/** Opens sessions.db, and wires what is kept of servers in it and in main.db. */
export async function createServerLogs(
  { ports, store, slices, opened, signal }: Wiring,
  { servers }: FleetModel,
  record: (events: readonly NewEvent[]) => void,
) {
  const { clock, log, dataDir } = ports
  const { db, rows, history, bundle } = store
  const index = openSessionsDatabase({ clock, log, dataDir })
  if (!index.ok) return index
  opened.defer(() => void index.value.db.close())
  store.diskSync.add(index.value.db)
  if (index.value.damage !== null) history.record([newEvent('storeDamaged', clock.now(), index.value.damage)])
  const sessionLog = opened.use(
    createSessionLog({
      clock,
      log,
      slices,
      db: index.value.db,
      sessionOf,
      bundleEnd: bundle?.to ?? null,
      nameOf: (id) => (servers.get(id) ?? bundle?.servers.find((server) => server.id === id))?.name ?? null,
      kept: { read: rows.setting, write: rows.keepSetting },
      onNoneKept: () => viewLog.clear(),
    }),
  )
  if (bundle !== null) await sessionLog.restore(bundle.sessions)
  const viewLog = new ViewLog({
    clock,
    log,
    db: index.value.db,
    nameOf: (id) => servers.get(id)?.name ?? null,
    keepDays: sessionLog.keepDays,
  })
  opened.defer(() => viewLog.close())
  const configurationLog = opened.use(new ConfigurationLog({ clock, log, slices, db, record, nameOf: (id) => servers.get(id)?.name ?? null, signal }))
  const logs = [sessionLog, configurationLog]
  return ok({
    sessionLog,
    viewLog,
    configurationLog,
    /** Why sessions can't be stored now; null: they can. */
    trouble: sessionLog.trouble,
    /** It is not watched any more. */
    forget: (serverId: string): void => {
      for (const one of logs) one.forget(serverId)
    },
    /** Once at a start: all other servers were removed while mtxdeck did not run. */
    forgetOthers: (serverIds: ReadonlySet<string>): void => {
      for (const one of logs) one.forgetOthers(serverIds)
    },
  })
}
