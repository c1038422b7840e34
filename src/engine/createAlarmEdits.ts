import type { NewEvent } from '../shared/events.ts'
import type { Alarms } from './alarms/alarms.ts'
import type { Judging } from './alarms/judging.ts'
import { createRuleEdits, type RuleEdits } from './alarms/ruleEdits.ts'
import type { AlertingInput } from './createAlerting.ts'
import type { MaintenancePlans } from './maintenance/maintenance.ts'
import { type ChannelEdits, createChannelEdits } from './notifications/channelEdits.ts'
import type { Notifications } from './notifications/notifications.ts'
import { createReadinessEdits, type ReadinessEdits } from './notifications/readinessEdits.ts'
import type { KeyStore } from './storage/keptSecrets.ts'
import type { Wiring } from './wiring.ts'

export interface AlarmEditsDeps {
  readonly alarms: Alarms
  readonly judging: Judging
  readonly maintenance: MaintenancePlans
  readonly notifications: Notifications
  readonly kept: KeyStore
  /** Stores events of this console itself. */
  readonly record: (events: readonly NewEvent[]) => void
}

/** What operators and the configuration file say of alarms. */
export interface AlarmEdits {
  readonly ruleEdits: RuleEdits
  readonly channelEdits: ChannelEdits
  readonly readinessEdits: ReadinessEdits
  /** What the configuration file says now. */
  readonly configure: (input: AlertingInput) => void
}

/** Wires what is entered about rules and channels with what goes by it. */
export function createAlarmEdits({ ports, options, store }: Wiring, { alarms, judging, maintenance, notifications, kept, record }: AlarmEditsDeps): AlarmEdits {
  const { clock, log } = ports
  const { db, bundle } = store
  const ruleEdits = createRuleEdits({
    clock,
    log,
    db,
    onChange: () => {
      judging.configure(ruleEdits.ofFile(), ruleEdits.all())
      alarms.judgeAll()
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
    configure: ({ rules, channels, routes, heartbeat, drill, maintenance: windows }) => {
      ruleEdits.configure(rules)
      maintenance.configure(windows)
      readinessEdits.configure({ heartbeat: heartbeat ?? null, drill: drill ?? null, publicUrl: options.publicUrl ?? null })
      channelEdits.configure(channels, routes)
    },
  }
}
