/** A path's name encoded for a URL: everything except "/", which names may contain. */
export const encodePathName = (name: string): string => name.split('/').map(encodeURIComponent).join('/')
