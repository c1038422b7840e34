import type { Database } from '../../storage/openDatabase.ts'
import { layoutToText, type OwnerKind, ownerKinds, ownerLayouts, type SampleLayout } from '../protocol/protocol.ts'

/** Ids in history.db of the layouts that this version writes, for an owner's own rows and for its parts' rows. */
export interface LayoutIds {
  readonly own: number
  readonly parts: number
}

/** Returns the layout ids, adding layouts that are missing in history.db. */
export function layoutIdsOf(db: Database): Readonly<Record<OwnerKind, LayoutIds>> {
  const put = db.prepare<[string], { id: number }>('INSERT INTO layouts(columns) VALUES (?) ON CONFLICT DO UPDATE SET columns = excluded.columns RETURNING id')
  const idOf = (layout: SampleLayout): number => put.get(layoutToText(layout))?.id as number
  return Object.fromEntries(
    ownerKinds.map((kind): [OwnerKind, LayoutIds] => [kind, { own: idOf(ownerLayouts[kind].own), parts: idOf(ownerLayouts[kind].parts) }]),
  ) as Record<OwnerKind, LayoutIds>
}
