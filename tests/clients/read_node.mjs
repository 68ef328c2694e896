// Answer a query with Node's DuckDB client: packages, file, query.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';

const [packages, path, query] = process.argv.slice(2);
const require = createRequire(`${packages}/`);
const { DuckDBInstance, version } = require('@duckdb/node-api');

const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
const connection = await instance.connect();
const result = await connection.runAndReadAll(readFileSync(query, 'utf8'));
const [answer] = result.getRowObjectsJS();
const plain = (_, value) => (typeof value === 'bigint' ? Number(value) : value);
console.log(JSON.stringify({ version: version(), ...answer }, plain));
