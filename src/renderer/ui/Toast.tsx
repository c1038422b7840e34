import { Toaster } from 'sonner'

/** Where short notices appear. Say one with `toast('…')`, `toast.error('…')` from 'sonner'. Never for what must be acted on. */
export const ToastPlace = ({ theme, label }: { readonly theme: 'dark' | 'light' | 'system'; readonly label: string }) => (
  <Toaster
    theme={theme}
    containerAriaLabel={label}
    position="bottom-right"
    toastOptions={{
      style: { background: 'var(--raised)', color: 'var(--text)', borderColor: 'var(--line-strong)', fontSize: 13, fontFamily: 'inherit', borderRadius: 8 },
    }}
  />
)
