import { createNaming, type Naming, type NamingSettings, templatesSchema } from '../../shared/naming.ts'
import type { StreamReport } from '../../shared/streams.ts'
import { storedJson } from '../storage/storedJson.ts'

const settingsKey = 'naming'

/** By which templates names of streams are taken apart: those of the configuration file, or else what was entered. */
export interface StreamNaming extends Pick<Naming, 'fieldsOf'> {
  readonly settings: () => NamingSettings
  /** Replaces what was entered. null: the templates are in the configuration file. */
  readonly keep: (templates: readonly string[]) => NamingSettings | null
  /** null: they are not in the configuration file. */
  readonly configure: (ofFile: readonly string[] | null) => void
  /** Each report with the fields of its name. */
  readonly withFields: (reports: Iterable<StreamReport>) => Iterable<StreamReport>
}

export function createStreamNaming(kept: {
  readonly read: (key: string) => string | null
  readonly write: (key: string, value: string) => void
}): StreamNaming {
  let entered: readonly string[] = templatesSchema.safeParse(storedJson(kept.read(settingsKey))).data ?? []
  let ofFile: readonly string[] | null = null
  let naming = createNaming(entered)
  const inForce = () => ofFile ?? entered
  const settings = (): NamingSettings => ({ templates: [...inForce()], ofFile: ofFile !== null })
  return {
    settings,
    fieldsOf: (name) => naming.fieldsOf(name),
    keep: (templates) => {
      if (ofFile !== null) return null
      kept.write(settingsKey, JSON.stringify(templates))
      entered = templates
      naming = createNaming(entered)
      return settings()
    },
    configure: (changed) => {
      ofFile = changed
      naming = createNaming(inForce())
    },
    withFields: function* (reports) {
      for (const report of reports) {
        const fields = naming.fieldsOf(report.name)
        yield fields === null ? report : { ...report, fields }
      }
    },
  }
}
