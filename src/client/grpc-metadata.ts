import { Metadata } from '@grpc/grpc-js';

/** Metadata of a call out of its names and values. */
export function metadataOf(values: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(values)) metadata.set(key, value);
  return metadata;
}
