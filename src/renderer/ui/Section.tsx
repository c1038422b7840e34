/** A part of the details. */
export function Section({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <section className="mt-3.5">
      <h3 className="mb-1 font-semibold">{title}</h3>
      {children}
    </section>
  )
}
