import { type DailySettings, dailySettingsSchema } from '../../shared/dailyChecks.ts'
import { storedJson } from '../storage/storedJson.ts'

export interface DailySettingsDeps {
  readonly kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** Where nothing was entered in the console. */
  readonly usual: Partial<DailySettings>
  /** What the configuration file says; null: nothing. */
  readonly ofFile: DailySettings | null
}

const key = 'dailyCheck'

/** What counts: the configuration file, else what was entered in the console, else what is usual. */
export function createDailySettings({ kept, usual, ofFile }: DailySettingsDeps) {
  const otherwise = dailySettingsSchema.parse(usual)
  let file = ofFile
  let entered = dailySettingsSchema.safeParse(storedJson(kept.read(key))).data ?? null
  return {
    now: (): DailySettings => file ?? entered ?? otherwise,
    isOfFile: (): boolean => file !== null,
    enter: (changed: DailySettings): void => {
      kept.write(key, JSON.stringify(changed))
      entered = changed
    },
    /** What the file says now; false: that is the same as before. */
    follow: (changed: DailySettings | null): boolean => {
      if (JSON.stringify(changed) === JSON.stringify(file)) return false
      file = changed
      return true
    },
  }
}
