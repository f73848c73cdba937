/** Where files are put in the imports bucket of a stage; each kind has its own prefix and its own end. */
export const IMPORTS = {
  /** BIN catalogues as finance sends them: what is put here is imported. */
  binUploads: 'bins/uploads/',
  /** Catalogues that the operator's command sends, which asks for the import itself. */
  binCommands: 'bins/commands/',
  /** What was said of files and comparisons that became no version: refused, dry runs, looks at PayCA. */
  binTrials: 'bins/trials/',
  /** Catalogues as they were imported, and what was said of them: kept as long as evidence. */
  binVersions: 'bins/versions/',
  /** Manifests of users and cards: personal data. */
  usersCards: 'users-cards/',
  /** PayCA's statements of fees. */
  statements: 'statements/',
  /** What became of them. */
  reconciliations: 'reconciliations/',
} as const;
