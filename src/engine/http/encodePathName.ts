/** A path's name encoded for a URL: everything except "/", which names may contain. */
export function encodePathName(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/')
}
