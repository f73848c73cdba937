// To load the rules of CDK's own template validation takes longer than all else of a synth, and every real synth has it.
process.env.CDK_VALIDATION = 'false';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // Jest leaves a core to the terminal: of two it would use one.
  maxWorkers: '100%',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/bench/'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/out'],
  transform: { '^.+\\.tsx?$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }] },
};
