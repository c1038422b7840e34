import { setAsideSchema } from '../../shared/consoleTroubles.ts'
import type { StoreFigures } from '../../shared/history.ts'

/** The reasons for which files were set aside, as they stand in history.db. Where a row is damaged itself, what was wrong with its file is no longer known. */
export function withKnownDamage<Figures extends Pick<StoreFigures, 'setAside'>>(figures: Figures): Figures {
  const known = (aside: StoreFigures['setAside'][number]) =>
    setAsideSchema.safeParse(aside.damage).success ? aside : { ...aside, damage: { damage: 'historyEarlier' as const, file: aside.file } }
  return { ...figures, setAside: figures.setAside.map(known) }
}
