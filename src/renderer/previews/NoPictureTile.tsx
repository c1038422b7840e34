import { History } from 'lucide-react'
import { useTranslation } from 'react-i18next'

/** Replaces the picture in the past where no snapshot is kept up to that moment. */
export function NoPictureTile({ className = '' }: { readonly className?: string }) {
  const { t } = useTranslation()
  return (
    <div
      data-theme="dark"
      className={`relative flex aspect-video flex-col items-center justify-center gap-1.5 overflow-hidden rounded-lg border border-line bg-black px-6 text-center text-[#dfe6ee] ${className}`}
      role="status"
      data-picture="past"
    >
      <History size={20} className="text-past" aria-hidden="true" />
      <b className="text-lg tracking-[0.06em]">{t('past.noPicture')}</b>
      <span className="max-w-[46ch] text-[#b6c1cd]">{t('past.noPictureText')}</span>
    </div>
  )
}
