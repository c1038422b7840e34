import { Toaster } from 'sonner'

/** Where short notices appear. Say one with `toast('…')`, `toast.error('…')` from 'sonner'. Never for what must be acted on. */
export const ToastPlace = ({ theme }: { readonly theme: 'dark' | 'light' | 'system' }) => (
  <Toaster
    theme={theme}
    position="bottom-right"
    toastOptions={{
      style: { background: 'var(--raised)', color: 'var(--text)', borderColor: 'var(--line-strong)', fontSize: 13, fontFamily: 'inherit', borderRadius: 8 },
    }}
  />
)
