/** Shows a keyboard shortcut. `bare`: without a frame, inside buttons. */
export const KeyHint = ({ children, bare = false }: { readonly children: string; readonly bare?: boolean }) => (
  <kbd className={`font-sans text-xs font-medium ${bare ? 'opacity-60' : 'rounded border border-line-strong px-[5px] text-muted'}`}>{children}</kbd>
)
