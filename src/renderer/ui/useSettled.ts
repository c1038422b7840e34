import { useEffect, useState } from 'react'

/** What is typed is asked for once it stayed the same for this long, ms. */
const settledMs = 500

/** A text once it stayed the same for a moment. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), settledMs)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}
