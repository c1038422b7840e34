import type { NewEvent } from '../shared/events.ts'
import type { Alarms } from './alarms/alarms.ts'
import type { Evaluation } from './alarms/evaluation.ts'
import { createRuleEdits } from './alarms/ruleEdits.ts'
import type { AlertingInput } from './engineOptions.ts'
import type { MaintenancePlans } from './maintenance/maintenance.ts'
import { createChannelEdits } from './notifications/channelEdits.ts'
import type { Notifications } from './notifications/notifications.ts'
import { createReadinessEdits } from './notifications/readiness.ts'
import type { KeyStore } from './storage/keptSecrets.ts'
import type { Wiring } from './wiring.ts'

/** Wires what is entered about rules and channels with what goes by it. */
export function createAlarmEdits(
  { ports, options, store }: Wiring,
  alarms: Alarms,
  evaluation: Evaluation,
  maintenance: MaintenancePlans,
  notifications: Notifications,
  kept: KeyStore,
  record: (events: readonly NewEvent[]) => void,
) {
  const { clock, log } = ports
  const { db, bundle } = store
  const ruleEdits = createRuleEdits({
    clock,
    log,
    db,
    onChange: () => {
      evaluation.configure(ruleEdits.ofFile(), ruleEdits.all())
      alarms.evaluateAll()
    },
    record,
  })
  // A bundle sends no notifications.
  const configureNotifications = () =>
    bundle === null ? notifications.configure(channelEdits.channels(), channelEdits.routes(), readinessEdits.inForce()) : notifications.configure([], null)
  const readinessEdits = createReadinessEdits({ clock, kept, onChange: configureNotifications, record })
  const channelEdits = createChannelEdits({ clock, log, db, box: kept.box, onChange: configureNotifications, record })
  return {
    ruleEdits,
    channelEdits,
    readinessEdits,
    /** What the configuration file says now. */
    configure: ({ rules, channels, routes, heartbeat, drill, maintenance: windows }: AlertingInput) => {
      ruleEdits.configure(rules)
      maintenance.configure(windows)
      readinessEdits.configure({ heartbeat: heartbeat ?? null, drill: drill ?? null, publicUrl: options.publicUrl ?? null })
      channelEdits.configure(channels, routes)
    },
  }
}
