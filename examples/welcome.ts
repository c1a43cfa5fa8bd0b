import { grouped } from '../src/cli/progress.ts';

/** Where `examples/client.ts` looks for the server when it is not told. */
export const defaultAddress = '127.0.0.1:50051';

/** What the example's server prints once it is ready: what it has, and lines that work as they stand. */
export function welcomeText(
  address: string,
  schema: { readonly version: number; readonly fingerprint: string },
  rowCounts: ReadonlyMap<string, number>,
): string {
  const sum = [...rowCounts.values()].reduce((total, count) => total + count, 0);
  const tables = [...rowCounts].map(
    ([name, count]) => `  ${name.padEnd(28)}${grouped(count).padStart(8)}`,
  );
  const { version, fingerprint } = schema;
  const get = { database: 'example', table: 'example.v1.Airport', key: 'ELM' };
  const pull = {
    handshake: {
      protocolMin: 1,
      protocolMax: 1,
      database: 'example',
      schema: { version, fingerprint },
      replicaId: 'me',
    },
    subscription: {
      scopes: ['airport/ELM'],
      tables: ['example.v1.Airport', 'example.v1.Flight', 'example.v1.Route'],
    },
  };
  const query = {
    database: 'example',
    table: 'example.v1.Earthquake',
    filter: {
      compare: { field: 'state', operation: 'COMPARISON_OPERATOR_EQUAL', values: ['AK'] },
    },
    orderBy: [{ field: 'magnitude', descending: true }],
    limit: 3,
  };
  const edit = {
    database: 'example',
    changes: [
      {
        operation: 'OPERATION_PATCH',
        table: 'example.v1.Airport',
        row: {
          '@type': 'type.googleapis.com/example.v1.Airport',
          iata: 'ELM',
          notes: 'The runway is closed on Monday.',
        },
      },
    ],
  };
  const client = address === defaultAddress ? '' : ` ${address}`;
  return `
Database example on ${address}: ${grouped(sum)} rows of public data. Schema ${version}, fingerprint ${fingerprint}.

${tables.join('\n')}

Try these in another terminal, in this folder.

A program that takes one airport along, edits it offline and syncs (examples/client.ts):
  npx node examples/client.ts${client}

With buf, which npm ci has installed: read a row, and sync some tables of one scope:
  ${bufCurl(address, 'syncdb.v1.DataService/Get', get)}
  ${bufCurl(address, 'syncdb.v1.SyncService/Pull', pull)}

With grpcurl: look around, query, and edit a row:
  grpcurl -plaintext ${address} list
  grpcurl -plaintext ${address} describe example.v1.Airport
  ${grpcurl(address, 'syncdb.v1.DataService/Query', query)}
  ${grpcurl(address, 'syncdb.v1.DataService/Transact', edit)}

Ctrl-C stops the server.`;
}

function bufCurl(address: string, method: string, request: object): string {
  const flags = '--http2-prior-knowledge --protocol grpc';
  return `npx buf curl ${flags} -d '${JSON.stringify(request)}' http://${address}/${method}`;
}

function grpcurl(address: string, method: string, request: object): string {
  return `grpcurl -plaintext -d '${JSON.stringify(request)}' ${address} ${method}`;
}
