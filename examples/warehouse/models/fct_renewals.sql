-- dialect: snowflake
{#- The analytics team writes dbt models; lineagraph renders them in a sandbox, `ref` and `source` included. -#}
{{ config(materialized='table', schema='marts', tags=['renewals']) }}

{% set products = ['HOME', 'MOTOR', 'BOAT'] %}

with premiums as (

    select * from {{ ref('int_premiums_eur') }}

),

policies as (

    select policy_number, expiry_date
    from {{ source('raw', 'policy') }}

)

select
    premiums.booked_year,
    {% for product in products %}
    sum(case when premiums.product_code = '{{ product }}' then premiums.written_eur else 0 end)
        as {{ product | lower }}_renewed_eur,
    {% endfor %}
    count(distinct policies.policy_number) as policies
from premiums
inner join policies
    on policies.policy_number = premiums.policy_number
where premiums.is_renewal
group by premiums.booked_year
