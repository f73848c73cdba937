// To load the rules of CDK's own template validation takes longer than all else of a synth, and every real synth has it.
process.env.CDK_VALIDATION = 'false';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/bench/'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/out'],
  transform: { '^.+\\.tsx?$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }] },
};
