import type { Database } from 'better-sqlite3'

/** Alarms belong to incidents: `incident` is the id of the alarm that founded it. Each alarm of before is one of its own. */
export function migration0100Incidents(db: Database): void {
  db.exec(`
    ALTER TABLE alarms ADD COLUMN incident TEXT NOT NULL DEFAULT '';
    UPDATE alarms SET incident = id;
    CREATE INDEX alarms_of_incident ON alarms (incident);
  `)
}
