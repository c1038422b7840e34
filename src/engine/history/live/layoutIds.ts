import type { Database } from '../../storage/openDatabase.ts'
import { layoutToText, type OwnerKind, ownerKinds, ownerLayouts, type SampleLayout } from '../protocol/protocol.ts'

/** Ids in history.db of the layouts that this version writes: of an owner's own rows, and of those of its parts. */
export interface LayoutIds {
  readonly own: number
  readonly parts: number
}

/** Adds the layouts that are not in history.db yet. */
export function layoutIdsOf(db: Database): Readonly<Record<OwnerKind, LayoutIds>> {
  const put = db.prepare<[string], { id: number }>('INSERT INTO layouts(columns) VALUES (?) ON CONFLICT DO UPDATE SET columns = excluded.columns RETURNING id')
  const idOf = (layout: SampleLayout): number => put.get(layoutToText(layout))?.id as number
  return Object.fromEntries(
    ownerKinds.map((kind): [OwnerKind, LayoutIds] => [kind, { own: idOf(ownerLayouts[kind].own), parts: idOf(ownerLayouts[kind].parts) }]),
  ) as Record<OwnerKind, LayoutIds>
}
