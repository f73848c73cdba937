import { readAws } from '../../cli/stage';
import { parseStages, type StageConfig } from '../../lib/config/schema';
import { minimal } from '../config/stage';

const config = parseStages([minimal])[0] as StageConfig;
const fault = (name: string, message = name) => Object.assign(new Error(message), { name });

describe('reading AWS', () => {
  test('uses the rights of the caller when they reach', async () => {
    const read = jest.fn(async () => 'read');
    await expect(readAws(config, read)).resolves.toBe('read');
    expect(read.mock.calls).toEqual([[]]);
  });

  test.each(['AccessDenied', 'AccessDeniedException'])('becomes the lookup role after %s', async (name) => {
    const read = jest.fn(async (credentials?: unknown) => {
      if (!credentials) throw fault(name);
      return 'read';
    });
    await expect(readAws(config, read)).resolves.toBe('read');
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('says what was refused first when that role is refused too', async () => {
    const read = async (credentials?: unknown) => {
      throw fault('AccessDenied', credentials ? 'sts:AssumeRole' : 'ssm:GetParametersByPath');
    };
    await expect(readAws(config, read)).rejects.toThrow('ssm:GetParametersByPath');
  });

  test.each([[0], [1]])('other errors are told as they are (at try %i)', async (failing) => {
    let tries = 0;
    const read = async () => {
      tries += 1;
      throw tries > failing ? fault('ThrottlingException') : fault('AccessDenied');
    };
    await expect(readAws(config, read)).rejects.toThrow('ThrottlingException');
    expect(tries).toBe(failing + 1);
  });
});
