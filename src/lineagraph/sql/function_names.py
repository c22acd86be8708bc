"""Functions by name, folded to lower case, whose arguments do not all flow as those of any function do."""

from __future__ import annotations

MASKING_NAMES = frozenset(
    """
    aes_encrypt approx_count_distinct binary_checksum checksum cityhash64 crypt digest encrypt farm_fingerprint
    fingerprint fnv_hash hash hash_code hash_md5 hashbytes hashrow hll hmac mask mask_first_n mask_hash mask_last_n
    mask_show_first_n md5 md5_binary md5_hex murmur_hash3_x64_128 murmurhash3_32 ora_hash sha sha1 sha1_binary
    sha1_hex sha2 sha224 sha256 sha2_binary sha2_hex sha384 sha512 siphash128 siphash64 standard_hash xxh3 xxh64
    xxhash64
    """.split()
)
"""They hide the value: hashes, masks, encryption, approximate counts."""

AGGREGATE_NAMES = frozenset(
    """
    any_value approx_percentile array_agg bit_and bit_or bit_xor bitmap_union bool_and bool_or checksum_agg
    collect_list collect_set corr covar_pop covar_samp entropy every first group_concat grouping grouping_id
    histogram hll_add_agg hll_union_agg json_agg json_object_agg jsonb_agg jsonb_object_agg kurtosis last listagg
    mad map_agg median mode multimap_agg object_agg percentile percentile_approx percentile_cont percentile_disc
    product regr_count regr_intercept regr_r2 regr_slope skewness stddev stddev_pop stddev_samp string_agg var_pop
    var_samp variance wm_concat xmlagg
    """.split()
)
"""Aggregates that sqlglot does not know as such."""

FIRST_DECIDES_NAMES = frozenset(
    """
    choose elt if iff iif nvl2
    """.split()
)
"""Their first argument decides, the others are values."""
