/** Checks parameters, given by name or by position, against a method's schema. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TObject } from 'typebox';
import { failure, type Result, success } from '../common/result.ts';

/** One compiler for all methods; compiled schemas live as long as the process. */
const ajv = new Ajv({ strict: true, allowUnionTypes: true });

/** What was wrong, and with which parameter if it is one. */
export interface ParameterFault {
  readonly field: string | undefined;
}

export type ParameterCheck = (
  params: unknown,
) => Result<Record<string, unknown>, 'INVALID_PARAMS'> & Partial<ParameterFault>;

/** Compiles the check of one method. Unknown parameters are refused: they are usually typos. */
export function parameterCheck(schema: TObject): ParameterCheck {
  const names = Object.keys(schema.properties);
  const optional = new Set(names.filter((name) => !(schema.required ?? []).includes(name)));
  const validate = ajv.compile({ ...schema, additionalProperties: false });
  return (params) => {
    if (Array.isArray(params) && params.length > names.length) {
      const message = `${params.length} parameters where there are ${names.length}`;
      return failure('INVALID_PARAMS', message);
    }
    const named = Array.isArray(params) ? byName(params, names, optional) : (params ?? {});
    return validated(validate, named);
  };
}

/** By position null stands for leaving an optional one out. */
function byName(
  params: readonly unknown[],
  names: readonly string[],
  optional: ReadonlySet<string>,
): Record<string, unknown> {
  const entries = params.map((value, i): [string, unknown] => [names[i] as string, value]);
  return Object.fromEntries(
    entries.filter(([name, value]) => !(value === null && optional.has(name))),
  );
}

function validated(
  validate: ValidateFunction,
  params: object,
): Result<Record<string, unknown>, 'INVALID_PARAMS'> & Partial<ParameterFault> {
  if (validate(params)) return success(params as Record<string, unknown>);
  const [error] = validate.errors ?? [];
  const field = error && fieldOf(error);
  const what = error?.message ?? 'is not as described';
  return { ...failure('INVALID_PARAMS', field === undefined ? what : `${field}: ${what}`), field };
}

function fieldOf({ instancePath, params }: ErrorObject): string | undefined {
  const [, first] = instancePath.split('/');
  return first ?? params.missingProperty ?? params.additionalProperty;
}
