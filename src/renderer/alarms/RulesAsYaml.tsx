import { Download, Upload } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ok } from '../../shared/result.ts'
import { saveFile } from '../app/actions.ts'
import { client } from '../app/client.ts'
import type { FormField } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { useAct } from '../app/useAct.ts'
import { renewRules } from '../fleet/useRules.ts'
import { Button } from '../ui/Button.tsx'

interface Entries {
  readonly yaml: string
}
const fields: readonly FormField<Entries>[] = [
  {
    id: 'yaml',
    kind: 'lines',
    label: 'settings.yaml',
    help: 'rules.form.yamlHint',
    placeholder: 'rules:\n  - { id: hostCpu, above: 95 }',
    input: { rows: 12, className: 'font-mono' },
  },
]

/** What was entered about rules, to a file and from one. */
export function RulesAsYaml({ hasEdits }: { readonly hasEdits: boolean }) {
  const { t } = useTranslation()
  const act = useAct()
  const [asks, setAsks] = useState(false)
  const save = async () => {
    const { yaml } = await client.rules.exportYaml()
    await saveFile('rules.yaml', yaml, 'application/yaml')
  }
  const saveForPrometheus = async () => {
    const { yaml } = await client.rules.exportPrometheus()
    await saveFile('mtxdeck.rules.yml', yaml, 'application/yaml')
  }
  return (
    <>
      <Button onClick={() => setAsks(true)}>
        <Upload size={13} aria-hidden="true" /> {t('rules.form.import')}
      </Button>
      <Button onClick={() => void act(save())} disabled={!hasEdits}>
        <Download size={13} aria-hidden="true" /> YAML
      </Button>
      <Button onClick={() => void act(saveForPrometheus())}>
        <Download size={13} aria-hidden="true" /> Prometheus
      </Button>
      {asks && (
        <SendDialog
          title={t('rules.form.import')}
          submit={t('rules.form.import')}
          fields={fields}
          start={{ yaml: '' }}
          read={(entered: Entries) => ok(entered)}
          send={async ({ yaml }) => {
            await client.rules.importYaml({ yaml })
            await renewRules()
          }}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  )
}
