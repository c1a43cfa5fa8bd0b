/** What the tour is made of. What it prints is held against the README in test/docs/readme.test.ts. */
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startLink } from '../../examples/tour/link.ts';
import { createStyle } from '../../examples/tour/style.ts';

test('is in colour on a terminal, where nobody minds', () => {
  expect(createStyle(true, '').of('Anna', 'x')).toBe('\x1b[36mx\x1b[0m');
  expect(createStyle(true, '1').bold('x')).toBe('x');
  expect(createStyle(false, '').bad('x')).toBe('x');
});

test('a link counts both ways, and can be cut and mended', async () => {
  const echo = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const { port } = echo.address() as { port: number };
  const link = await startLink(`127.0.0.1:${port}`);
  const [host, linkPort] = link.address.split(':');
  const dial = () => connect({ host: host!, port: Number(linkPort) }).on('error', () => {});
  const closed = (socket: Socket) => new Promise((resolve) => socket.on('close', resolve));

  const first = dial();
  first.write('hello');
  await new Promise((resolve) => first.once('data', resolve));
  await link.quiet();
  expect(link.take()).toBe(10);
  link.cut();
  await closed(first);
  const second = dial();
  second.write('hello');
  await closed(second);
  expect(link.take()).toBe(0);
  link.mend();
  const third = dial();
  third.write('ok');
  await new Promise((resolve) => third.once('data', resolve));
  await link.quiet();
  expect(link.take()).toBe(4);
  link.close();
  echo.close();
});
