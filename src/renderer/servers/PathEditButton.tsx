import { SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/Button.tsx'
import { PathEditDialog } from './PathEditDialog.tsx'

interface PathEditButtonProps {
  readonly serverId: string
  readonly server: string
  /** null: it is asked for. */
  readonly path: string | null
}
/** Opens the settings of a path on its server, to change them. */
export function PathEditButton(of: PathEditButtonProps) {
  const { t } = useTranslation()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setIsOpen(true)} title={t('pathEdits.hint')}>
        <SlidersHorizontal size={13} aria-hidden="true" /> {t('pathEdits.button')}
      </Button>
      {isOpen && <PathEditDialog {...of} onClose={() => setIsOpen(false)} />}
    </>
  )
}
