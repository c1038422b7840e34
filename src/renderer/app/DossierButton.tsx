import { FileText } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { DossierMade } from '../../shared/dossier.ts'
import type { Language } from '../../shared/words/languages.ts'
import { Button } from '../ui/Button.tsx'
import { saveFrom } from './actions.ts'
import { useLanguage } from './eventWords.ts'
import { failureWords } from './failureWords.ts'

/** Makes a dossier in the language of the window: the desktop asks where to save it, a browser downloads it. */
export function DossierButton({ make }: { readonly make: (lang: Language) => Promise<DossierMade> }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    try {
      const { name, link } = await make(language)
      if (await saveFrom(name, link)) toast(t('dossier.made', { name }), { description: t('dossier.asPdf') })
    } catch (error) {
      toast.error(t('dossier.failed', { reason: failureWords(error) }))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button onClick={() => void run()} disabled={busy} title={t('dossier.hint')}>
      <FileText size={13} aria-hidden="true" /> {t(busy ? 'dossier.making' : 'dossier.button')}
    </Button>
  )
}
