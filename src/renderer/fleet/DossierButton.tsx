import { ChevronDown, FileText } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { DossierMade, IncidentDossierInput } from '../../shared/dossier.ts'
import { saveFrom } from '../app/actions.ts'
import { failureText } from '../app/failureText.ts'
import { language, t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'

type How = Omit<IncidentDossierInput, 'id'>

/** In the language of the window; the desktop asks where to save it, a browser downloads it. */
export function DossierButton({ make }: { readonly make: (how: How) => Promise<DossierMade> }) {
  const [busy, setBusy] = useState(false)
  const run = async (hideAddresses: boolean) => {
    setBusy(true)
    try {
      const { name, link } = await make({ lang: language, hideAddresses })
      if (await saveFrom(name, link)) toast(t('dossier.made', { name }))
    } catch (error) {
      toast.error(t('common.failedReason', { reason: failureText(error) }))
    } finally {
      setBusy(false)
    }
  }
  return (
    <span className="flex flex-none">
      <Button icon={FileText} onClick={() => void run(false)} disabled={busy} title={t('dossier.hint')} className="rounded-r-none" text={t('dossier.button')} />
      <Menu width={280} trigger={<Button disabled={busy} label={t('dossier.ways')} className="-ml-px rounded-l-none px-1" icon={ChevronDown} />}>
        <MenuClose className="rounded px-2 py-1 text-left hover:bg-hover" onClick={() => void run(true)}>
          {t('dossier.hidden')}
        </MenuClose>
      </Menu>
    </span>
  )
}
