/** A part of the details. */
export const Section = ({ title, children }: { readonly title: string; readonly children: React.ReactNode }) => (
  <section className="mt-3.5">
    <h3 className="mb-1 font-semibold">{title}</h3>
    {children}
  </section>
)
