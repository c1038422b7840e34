import type { Migration } from './migrate.ts'
import { migration0010Servers } from './migrations/0010-servers.ts'
import { migration0020SeenStreams } from './migrations/0020-seen-streams.ts'
import { migration0030Hosts } from './migrations/0030-hosts.ts'
import { migration0040LearnedStreams } from './migrations/0040-learned-streams.ts'
import { migration0050WentBefore } from './migrations/0050-went-before.ts'
import { migration0060Alarms } from './migrations/0060-alarms.ts'
import { migration0070Messages } from './migrations/0070-messages.ts'
import { migration0080Receipts } from './migrations/0080-receipts.ts'
import { migration0090Maintenance } from './migrations/0090-maintenance.ts'
import { migration0100Incidents } from './migrations/0100-incidents.ts'
import { migration0110AlarmsKept } from './migrations/0110-alarms-kept.ts'
import { migration0120MessagesByState } from './migrations/0120-messages-by-state.ts'
import { migration0130Escalations } from './migrations/0130-escalations.ts'
import { migration0140ToldWith } from './migrations/0140-told-with.ts'
import { migration0150ChannelTests } from './migrations/0150-channel-tests.ts'
import { migration0160Drills } from './migrations/0160-drills.ts'
import { migration0170Rules } from './migrations/0170-rules.ts'
import { migration0180Usual } from './migrations/0180-usual.ts'
import { migration0190Channels } from './migrations/0190-channels.ts'
import { migration0200ToldSeverity } from './migrations/0200-told-severity.ts'
import { migration0210OnAir } from './migrations/0210-on-air.ts'
import { migration0220ClosedAlarms } from './migrations/0220-closed-alarms.ts'
import { migration0230Probes } from './migrations/0230-probes.ts'
import { migration0240HeldMaintenance } from './migrations/0240-held-maintenance.ts'

/** Schema of main.db, which holds everything but history and closed alarms. Each migration is a file in `migrations/` and a line here. */
export const mainMigrations: readonly Migration[] = [
  { version: 10, run: migration0010Servers },
  { version: 20, run: migration0020SeenStreams },
  { version: 30, run: migration0030Hosts },
  { version: 40, run: migration0040LearnedStreams },
  { version: 50, run: migration0050WentBefore },
  { version: 60, run: migration0060Alarms },
  { version: 70, run: migration0070Messages },
  { version: 80, run: migration0080Receipts },
  { version: 90, run: migration0090Maintenance },
  { version: 100, run: migration0100Incidents },
  { version: 110, run: migration0110AlarmsKept },
  { version: 120, run: migration0120MessagesByState },
  { version: 130, run: migration0130Escalations },
  { version: 140, run: migration0140ToldWith },
  { version: 150, run: migration0150ChannelTests },
  { version: 160, run: migration0160Drills },
  { version: 170, run: migration0170Rules },
  { version: 180, run: migration0180Usual },
  { version: 190, run: migration0190Channels },
  { version: 200, run: migration0200ToldSeverity },
  { version: 210, run: migration0210OnAir },
  { version: 220, run: migration0220ClosedAlarms },
  { version: 230, run: migration0230Probes },
  { version: 240, run: migration0240HeldMaintenance },
]
