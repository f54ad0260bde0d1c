import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/**
 * What may import what, as docs/web.md has it: a folder of src, and the folders whose code, or only whose types, it may know.
 * A folder that is not named here may import nothing of ours.
 */
const MAY_IMPORT = {
  time: {},
  api: { code: ['time'] },
  booking: { code: ['time'], types: ['api'] },
  timeline: { code: ['time', 'booking'], types: ['api'] },
  tokenomics: { code: ['time'] },
  charts: {},
  ui: { code: ['time', 'api', 'booking', 'timeline', 'tokenomics', 'charts'] },
  app: { code: ['time', 'api', 'booking', 'timeline', 'tokenomics', 'charts', 'ui'] },
  pages: { code: ['time', 'api', 'booking', 'timeline', 'tokenomics', 'charts', 'ui', 'app'] },
  mock: { code: ['time', 'api', 'booking', 'ui', 'app'] },
}

const FOLDERS = Object.keys(MAY_IMPORT)

const arrows = FOLDERS.map((folder) => {
  const { code = [], types = [] } = MAY_IMPORT[folder]
  const forbid = (folders, message, allowTypeImports) =>
    folders.length === 0
      ? []
      : [{ group: folders.map((it) => `**/${it}/*`), message: `src/${folder} ${message}`, allowTypeImports }]
  const never = FOLDERS.filter((it) => it !== folder && !code.includes(it) && !types.includes(it))
  return {
    files: [`src/${folder}/**/*.{ts,tsx}`],
    ignores: ['**/*.test.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            ...forbid(never, 'does not know this folder: see docs/web.md.', false),
            ...forbid(types, 'may know only types of this folder.', true),
          ],
        },
      ],
    },
  }
})

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts', 'src/app/first-paint.js'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.recommended,
  {
    plugins: { 'react-hooks': reactHooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      'no-console': 'error',
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'VariableDeclarator[init.callee.name="useSearchParams"] > ArrayPattern[elements.length>1]',
          message:
            'writes to the address as it was last drawn, and undoes what came meanwhile: see ui/edit_address.ts.',
        },
      ],
    },
  },
  // The rig of the browser's tests: Playwright calls what gives a fixture out `use`, and figures are printed.
  { files: ['tests/**'], rules: { 'react-hooks/rules-of-hooks': 'off', 'no-console': 'off' } },
  ...arrows,
)
