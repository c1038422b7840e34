/** Stands here until the page is built. */
export const SettingsPage = () => <h1>Settings</h1>
