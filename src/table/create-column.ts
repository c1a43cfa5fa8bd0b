import type { ColumnCodec } from '../schema/column-codec.ts';
import type { ColumnDef } from '../schema/table-def.ts';
import { createArenaColumn } from './arena-column.ts';
import { createBoolColumn } from './bool-column.ts';
import type { Column } from './column.ts';
import { createInt64Column } from './int64-column.ts';
import type { Layout } from './layout.ts';
import { createNumberColumn } from './number-column.ts';
import { createOptionalColumn } from './optional-column.ts';
import type { TableSettings } from './settings.ts';
import { createStringColumn } from './string-column.ts';
import { createTimeColumn } from './time-column.ts';

/** The column for a definition, empty. */
export function createColumn(
  def: ColumnDef,
  codec: ColumnCodec,
  layout: Layout,
  settings: TableSettings,
): Column {
  const values = createValues(def, codec, layout, settings);
  const optional = def.kind !== 'wire' && (def.presence || def.kind === 'time');
  return optional ? createOptionalColumn(values, layout) : values;
}

function createValues(
  def: ColumnDef,
  codec: ColumnCodec,
  layout: Layout,
  settings: TableSettings,
): Column {
  switch (def.kind) {
    case 'bool':
      return createBoolColumn(codec, layout);
    case 'int64':
    case 'uint64':
      return createInt64Column(def.kind === 'uint64', codec, layout);
    case 'time':
      return createTimeColumn(codec, layout);
    case 'string':
      return createStringColumn(def, codec, layout, settings);
    case 'bytes':
    case 'wire':
      return createArenaColumn(codec, def.kind === 'wire', layout, settings);
    default:
      return createNumberColumn(def.kind, codec, layout);
  }
}
