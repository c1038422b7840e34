import type { Database } from 'better-sqlite3'

/**
 * Alarms of past moments. `alarms_kept` has one row: from when on all alarms are known; earlier ones are deleted, or there was no mtxdeck. Earlier versions
 * kept 20,000 closed ones and did not note what they deleted. `alarm_spans` finds those that were open at a moment.
 */
export function migration0110AlarmsKept(db: Database): void {
  db.exec(`
    CREATE TABLE alarms_kept (since INTEGER NOT NULL) STRICT;
    INSERT INTO alarms_kept
      SELECT CASE WHEN count(closed_at) >= 20000 THEN max(closed_at) ELSE min(raised_at) END FROM alarms HAVING count(*) > 0;
    CREATE INDEX alarm_spans ON alarms (closed_at, raised_at);
  `)
}
