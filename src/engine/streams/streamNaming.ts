import { createNaming, type Naming, type NamingSettings, templatesSchema } from '../../shared/naming.ts'
import type { StreamReport } from '../../shared/streams.ts'
import { storedJson } from '../storage/storedJson.ts'

const settingsKey = 'naming'

/** By which templates names of streams are taken apart: those of the configuration file, or else what was entered. */
export type StreamNaming = ReturnType<typeof createStreamNaming>

export function createStreamNaming(kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }) {
  let entered: readonly string[] = templatesSchema.safeParse(storedJson(kept.read(settingsKey))).data ?? []
  let ofFile: readonly string[] | null = null
  let naming = createNaming(entered)
  const inForce = () => ofFile ?? entered
  const settings = (): NamingSettings => ({ templates: [...inForce()], ofFile: ofFile !== null })
  return {
    settings,
    fieldsOf: (name: string): ReturnType<Naming['fieldsOf']> => naming.fieldsOf(name),
    /** Replaces what was entered. null: the templates are in the configuration file. */
    keep: (templates: readonly string[]): NamingSettings | null => {
      if (ofFile !== null) return null
      kept.write(settingsKey, JSON.stringify(templates))
      entered = templates
      naming = createNaming(entered)
      return settings()
    },
    /** null: they are not in the configuration file. */
    configure: (changed: readonly string[] | null): void => {
      ofFile = changed
      naming = createNaming(inForce())
    },
    withFields: function* (reports: Iterable<StreamReport>): Iterable<StreamReport> {
      for (const report of reports) {
        const fields = naming.fieldsOf(report.name)
        yield fields === null ? report : { ...report, fields }
      }
    },
  }
}
