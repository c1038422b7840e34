import { ChevronDown, FileText } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { DossierMade, IncidentDossierInput } from '../../shared/dossier.ts'
import { saveFrom, savePdfFrom } from '../app/actions.ts'
import { shell } from '../app/connection.ts'
import { failureText } from '../app/failureText.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Button } from '../ui/Button.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'

/** How a dossier is made. */
type How = Omit<IncidentDossierInput, 'id'>
/** What is saved: the page itself, or a PDF of it. */
type Form = 'page' | 'pdf'
const ways = [
  { words: 'dossier.hidden', hideAddresses: true, form: 'page' },
  { words: shell ? 'dossier.pdf' : 'dossier.print', hideAddresses: false, form: 'pdf' },
  { words: shell ? 'dossier.pdf' : 'dossier.print', hideAddresses: true, form: 'pdf' },
] as const

/** Makes a dossier in the language of the window: the desktop asks where to save it, also as a PDF; a browser downloads it, or opens it to be printed. */
export function DossierButton({ make }: { readonly make: (how: How) => Promise<DossierMade> }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const [busy, setBusy] = useState(false)
  const run = async (hideAddresses: boolean, form: Form) => {
    setBusy(true)
    try {
      const { name, link } = await make({ lang: language, hideAddresses })
      await (form === 'page' ? savePage(name, link) : savePdf(name, link))
    } catch (error) {
      toast.error(t('common.failedReason', { reason: failureText(error) }))
    } finally {
      setBusy(false)
    }
  }
  const savePage = async (name: string, link: string) => {
    if (await saveFrom(name, link)) toast(t('dossier.made', { name }))
  }
  const savePdf = async (name: string, link: string) => {
    // A browser shows it in a tab of its own, where there is nothing to be said.
    if ((await savePdfFrom(name, link)) && shell) toast(t('dossier.made', { name: name.replace(/\.html$/, '.pdf') }))
  }
  return (
    <span className="flex flex-none">
      <Button onClick={() => void run(false, 'page')} disabled={busy} title={t('dossier.hint')} className="rounded-r-none">
        <FileText size={13} aria-hidden="true" /> {t('dossier.button')}
      </Button>
      <Menu
        width={280}
        trigger={
          <Button disabled={busy} aria-label={t('dossier.ways')} title={t('dossier.ways')} className="-ml-px rounded-l-none px-1">
            <ChevronDown size={13} aria-hidden="true" />
          </Button>
        }
      >
        {ways.map(({ words, hideAddresses, form }) => (
          <MenuClose key={`${form} ${hideAddresses}`} className="rounded px-2 py-1 text-left hover:bg-hover" onClick={() => void run(hideAddresses, form)}>
            {form === 'pdf' && hideAddresses ? `${t(words)}: ${t('dossier.hidden')}` : t(words)}
          </MenuClose>
        ))}
      </Menu>
    </span>
  )
}
