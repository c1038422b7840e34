import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import { type Vantage, vantageInputSchema } from '../../shared/vantages.ts'
import { client } from '../app/client.ts'
import { type FormField, readEntries, textEntered } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { renewVantages } from './VantagesDialog.tsx'

interface Entries {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly fingerprint: string
}
/** A token stays with its address. */
const isKept = (entered: Entries, stored: Vantage | null) => stored !== null && entered.url.trim() === stored.url

const fields: readonly FormField<Entries, Vantage>[] = [
  { id: 'name', kind: 'text', label: 'probes.vantages.form.name', help: 'probes.vantages.form.nameHint', wrong: 'probes.vantages.form.wrong.name' },
  {
    id: 'url',
    kind: 'text',
    label: 'common.address',
    help: 'probes.vantages.form.urlHint',
    placeholder: 'https://noc2:8787',
    wrong: 'probes.vantages.form.wrong.url',
  },
  {
    id: 'token',
    kind: 'secret',
    label: 'common.token',
    help: (t, entered, stored) => t(isKept(entered, stored) ? 'editing.secretKept' : 'probes.vantages.form.tokenHint'),
    refuse: (entered, stored) => (entered.token === '' && !isKept(entered, stored) ? 'probes.vantages.form.wrong.token' : null),
    wrong: 'probes.vantages.form.wrong.token',
  },
  {
    id: 'fingerprint',
    kind: 'text',
    label: 'serverForm.fingerprint',
    help: 'probes.vantages.form.fingerprintHint',
    wrong: 'serverForm.wrong.fingerprint',
    more: true,
  },
]
const schema = vantageInputSchema.extend({ token: vantageInputSchema.shape.token.optional() })

/** Adds another console, or changes one. `vantage`: null: it is new. */
export function VantageDialog({ vantage, onClose }: { readonly vantage: Vantage | null; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const own = vantage === null ? fields : fields.filter(({ id }) => id !== 'name')
  return (
    <SendDialog
      title={vantage === null ? t('probes.vantages.add') : t('probes.vantages.edit', { name: vantage.name })}
      description={vantage === null ? t('probes.vantages.form.description') : undefined}
      submit={t('common.save')}
      fields={own}
      stored={vantage}
      start={{ name: vantage?.name ?? '', url: vantage?.url ?? '', token: '', fingerprint: vantage?.fingerprint ?? '' }}
      read={(entered: Entries) => {
        const { name, url, token, fingerprint } = entered
        return readEntries(own, schema, { name, url, token: token === '' ? undefined : token, fingerprint: textEntered(fingerprint) }, entered, vantage)
      }}
      send={async (input) => {
        await client.vantages.put(input)
        await renewVantages()
        toast(t('common.saved'))
      }}
      fieldOf={(key) => key}
      onClose={onClose}
    />
  )
}
