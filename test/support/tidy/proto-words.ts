/**
 * Words that a proto must not use as a name, since one of the generators would have to escape or mangle it, and the
 * same field would then be called differently from language to language.
 */

/** Names of fields and oneofs, and of rpcs, whose methods start with a small letter in most languages. */
export const fieldWords: ReadonlySet<string> = new Set([
  // Keywords of Java, which Kotlin's and Swift's largely repeat.
  ...words(`abstract assert boolean break byte case catch char class const continue default do double else enum
    extends final finally float for goto if implements import instanceof int interface long native new package
    private protected public return short static super switch synchronized this throw throws transient try void
    volatile while true false null`),
  // Hard keywords of Kotlin, whose builders have one property for each field.
  ...words('as fun in is object typealias typeof val var when'),
  // Swift, whose messages have one property for each field.
  ...words(`associatedtype deinit defer extension fallthrough fileprivate func guard init inout internal let nil
    operator precedencegroup protocol repeat rethrows self struct subscript where`),
  // Dart, the few that the above have not; its others are allowed as names of members.
  ...words('rethrow with'),
  // TypeScript and JavaScript.
  ...words('arguments constructor eval function prototype __proto__ undefined'),
  // Members that every message, builder or stub has. Go's keywords are missing above: its members start with a
  // capital. Java and Kotlin.
  ...words(`all_fields cached_size default_instance default_instance_for_type descriptor descriptor_for_type
    initialization_error_string initialized parser parser_for_type serialized_size unknown_fields build clone`),
  // Swift.
  ...words(
    'debug_description description hash hash_value is_equal is_initialized proto_message_name',
  ),
  // Go.
  ...words('marshal proto_message proto_reflect reset string unmarshal'),
  // Dart.
  ...words(`add_extension check clear clear_extension clear_field copy_with create create_empty_instance
    create_repeated freeze get_extension get_field get_tag_number has_extension has_field hash_code info_ init_by_value
    is_frozen merge_from_buffer merge_from_json merge_from_message no_such_method rebuild runtime_type
    set_extension set_field to_builder to_debug_string to_string write_to_buffer write_to_json`),
  // TypeScript: members of every object, and the tag of oneofs.
  ...words(
    'has_own_property is_prototype_of property_is_enumerable to_json to_locale_string value_of',
  ),
  // grpc-js: members of every client.
  ...words('close get_channel wait_for_ready make_unary_request make_bidi_stream_request'),
]);

/** Message, enum and service names: types that a program in one of the languages takes for granted. */
export const typeWords: ReadonlySet<string> = new Set([
  // TypeScript.
  ...words(`Array ArrayBuffer BigInt Boolean DataView Date Error Function Infinity Intl JSON Map Math NaN Number
    Object Partial Pick Promise Proxy Readonly Record Reflect RegExp Request Response Set String Symbol Uint8Array
    WeakMap Long`),
  // Java and Kotlin.
  ...words(`Any Byte Character Class Cloneable Comparable Deprecated Double Enum Exception Float Integer Iterable
    Iterator List Module Nothing Optional Override Package Pair Process Runtime Runnable Short System Thread
    Throwable Triple Unit Void`),
  // Swift.
  ...words(
    'Bool Codable Data Decodable Encodable Hashable Identifiable Int Never Protocol Result Self Sequence Type',
  ),
  // Dart.
  ...words('Duration Future Invocation StackTrace Stream Uri'),
  // What the generators themselves put beside a message.
  ...words('Builder Message MessageLite GeneratedMessage Parser Descriptor'),
]);

function words(text: string): string[] {
  return text.split(/\s+/);
}
