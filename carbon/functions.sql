-- Functions of the published file, as SQL macros. The statistics answer what the registered SQL
-- functions of the same name answer, for tools that have no Python. Each stands alone (a macro that
-- calls another fails where the file is attached), has no overload and no typed parameter, and
-- loops by list comprehensions only: so DuckDB 1.0 to 2.0 read and run them alike.

create macro ols_slope(series) as (
    select
        case
            when n >= 2 and n = len([v for v in x if isfinite(v)])
                then list_sum([(x[i] - mean) * (i - (n + 1) / 2.0) for i in range(1, n + 1)])
                    / (n * (n * n - 1) / 12.0)
        end
    from (
        select x, len(x) as n, list_sum(x) / len(x) as mean
        from (select series::double[] as x) as given
    ) as described
);
comment on macro ols_slope is
    'Least-squares slope of a list, per step. NULL for fewer than two values, or with a gap.';

create macro detrend(series) as (
    select
        case
            when n < 3 or n != len([v for v in x if isfinite(v)]) then null
            -- A straight line to rounding gives exact zeros.
            when list_max([abs(r) for r in residuals])
                <= 4.0 * n * 2.220446049250313e-16::double * list_max([abs(v) for v in x])
                then [0.0::double for r in residuals]
            else residuals
        end
    from (
        select x, n, [centred[i] - slope * (i - (n + 1) / 2.0) for i in range(1, n + 1)] as residuals
        from (
            select
                x,
                n,
                centred,
                list_sum([centred[i] * (i - (n + 1) / 2.0) for i in range(1, n + 1)])
                / (n * (n * n - 1) / 12.0) as slope
            from (
                select x, n, [v - mean for v in x] as centred
                from (
                    select x, len(x) as n, list_sum(x) / len(x) as mean
                    from (select series::double[] as x) as given
                ) as described
            ) as shifted
        ) as fitted
    ) as detrended
);
comment on macro detrend is
    'Residuals about the least-squares line. NULL for fewer than three values, or with a gap.';

create macro hurst_exponent(series, max_block) as (
    select
        case
            when len(used) >= 3
                then 1.0 + list_sum([(ln(m) - middle) * ln(variances[m]) for m in used])
                    / list_sum([(ln(m) - middle) * (ln(m) - middle) for m in used]) / 2.0
        end
    from (
        select variances, used, list_sum([ln(m) for m in used]) / len(used) as middle
        from (
            select
                variances,
                [m for m in range(1, len(variances) + 1) if variances[m] > error * error] as used
            from (
                select
                    error,
                    [
                        list_sum([
                            pow(list_sum(centred[b * m + 1:b * m + m]), 2) for b in range(0, n // m)
                        ]) / ((n // m) * m * m)
                        for m in range(1, least(max_block, n // 2) + 1)
                    ] as variances
                from (
                    select
                        n,
                        [v - mean for v in x] as centred,
                        4.0 * n * 2.220446049250313e-16::double * list_max([abs(v) for v in x])
                            as error
                    from (
                        select x, len(x) as n, list_sum(x) / len(x) as mean
                        from (select series::double[] as x) as given
                    ) as described
                    where n = len([v for v in x if isfinite(v)]) and max_block >= 3
                ) as shifted
            ) as aggregated
        ) as chosen
    ) as logged
);
comment on macro hurst_exponent is
    'Hurst exponent by aggregated variance, blocks of 1 to max_block. NULL where fewer than three blocks have a variance, or with a gap.';

create macro mann_kendall(series) as (
    select {
        's': s,
        'var_s': var_s,
        'z': z,
        -- erfc(|z| / sqrt(2)) by the rational functions of Cody 1969, Math. Comp. 23:631.
        'p_value': case
            when y <= 0.46875 then 1.0 - y * (
                (((1.85777706184603153e-1::double * y * y + 3.16112374387056560::double) * y * y
                + 113.864154151050156::double) * y * y + 377.485237685302021::double) * y * y
                + 3209.37758913846947::double
            ) / (
                (((y * y + 23.6012909523441209::double) * y * y + 244.024637934444173::double) * y * y
                + 1282.61652607737228::double) * y * y + 2844.23683343917062::double
            )
            when y <= 4.0 then exp(-trunc(y * 16) / 16.0 * (trunc(y * 16) / 16.0))
                * exp(-(y - trunc(y * 16) / 16.0) * (y + trunc(y * 16) / 16.0)) * (
                (((((((2.15311535474403846e-8::double * y + 5.64188496988670089e-1::double) * y
                + 8.88314979438837594::double) * y + 66.1191906371416295::double) * y
                + 298.635138197400131::double) * y + 881.952221241769090::double) * y
                + 1712.04761263407058::double) * y + 2051.07837782607147::double) * y
                + 1230.33935479799725::double
            ) / (
                (((((((y + 15.7449261107098347::double) * y + 117.693950891312499::double) * y
                + 537.181101862009858::double) * y + 1621.38957456669019::double) * y
                + 3290.79923573345963::double) * y + 4362.61909014324716::double) * y
                + 3439.36767414372164::double) * y + 1230.33935480374942::double
            )
            else exp(-trunc(y * 16) / 16.0 * (trunc(y * 16) / 16.0))
                * exp(-(y - trunc(y * 16) / 16.0) * (y + trunc(y * 16) / 16.0)) * (
                0.56418958354775628695::double - (
                    (((((1.63153871373020978e-2::double / y / y + 3.05326634961232344e-1::double)
                    / y / y + 3.60344899949804439e-1::double) / y / y
                    + 1.25781726111229246e-1::double) / y / y + 1.60837851487422766e-2::double)
                    / y / y + 6.58749161529837803e-4::double) / y / y
                ) / (
                    ((((1.0 / y / y + 2.56852019228982242::double) / y / y
                    + 1.87295284992346725::double) / y / y + 5.27905102951428412e-1::double) / y / y
                    + 6.05183413124413191e-2::double) / y / y + 2.33520497626869185e-3::double
                )
            ) / y
        end,
        'tau': s / (n * (n - 1) // 2)::double,
        'sen_slope': (slopes[(len(slopes) + 1) // 2] + slopes[len(slopes) // 2 + 1]) / 2.0
    }
    from (
        select *, abs(z) / sqrt(2.0) as y
        from (
            select
                *,
                case when s = 0 then 0.0::double else (s - sign(s)) / sqrt(var_s) end as z
            from (
                select
                    n,
                    s,
                    slopes,
                    (n * (n - 1) * (2 * n + 5) - ties) / 18.0::double as var_s
                from (
                    select
                        n,
                        list_sum([
                            list_sum([sign(x[j] - x[i]) for i in range(1, j)])
                            for j in range(2, n + 1)
                        ])::bigint as s,
                        list_sum([
                            (t - 1) * (2 * t + 5) for t in [len([w for w in x if w = v]) for v in x]
                        ]) as ties,
                        list_sort(flatten([
                            [(x[j] - x[i]) / (j - i) for i in range(1, j)] for j in range(2, n + 1)
                        ])) as slopes
                    from (
                        select x, len(x) as n from (select series::double[] as x) as given
                    ) as described
                    where n >= 2 and n = len([v for v in x if isfinite(v)])
                ) as counted
            ) as varied
        ) as scored
    ) as halved
);
comment on macro mann_kendall is
    'Mann-Kendall test with ties, tau and Sen''s slope. NULL for fewer than two values, or with a gap.';

create macro sequential_mann_kendall(series) as (
    select {
        'uf': curves[1],
        'ub': list_reverse([0.0 - u for u in curves[2]])
    }
    from (
        select
            [
                [
                    case
                        when k * (k - 1) * (2 * k + 5) > tied[c][k]
                            then scores[c][k]
                                / sqrt((k * (k - 1) * (2 * k + 5) - tied[c][k]) / 18.0::double)
                        else 0.0::double
                    end
                    for k in range(1, n + 1)
                ]
                for c in [1, 2]
            ] as curves
        from (
            select
                n,
                [[list_sum(rise[1:k]) for k in range(1, n + 1)] for rise in rises] as scores,
                [[list_sum(tie[1:k]) for k in range(1, n + 1)] for tie in ties] as tied
            from (
                select
                    n,
                    [
                        [
                            coalesce(list_sum([sign(s[k] - s[i]) for i in range(1, k)]), 0)
                            for k in range(1, n + 1)
                        ]
                        for s in ways
                    ] as rises,
                    [
                        [6 * e * (e + 2) for e in [
                            len([i for i in range(1, k) if s[i] = s[k]]) for k in range(1, n + 1)
                        ]]
                        for s in ways
                    ] as ties
                from (
                    select x, len(x) as n, [x, list_reverse(x)] as ways
                    from (select series::double[] as x) as given
                ) as described
                where n >= 2 and n = len([v for v in x if isfinite(v)])
            ) as counted
        ) as summed
    ) as drawn
);
comment on macro sequential_mann_kendall is
    'Forward and backward curves of the sequential Mann-Kendall test. NULL for fewer than two values, or with a gap.';

create macro gini(vals) as (
    select {
        'weighted': (negatives * deficit + positives * surplus) / n,
        'eq16': deficit + surplus,
        'rsv': case
            when magnitude > 0
                then greatest(
                    list_sum([(2 * i - n - 1) * x[i] for i in range(1, n + 1)]) / (n * magnitude), 0
                )
            else 0.0::double
        end,
        'deficit': deficit,
        'surplus': surplus
    }
    from (
        select
            *,
            case
                when negatives > 0
                    then greatest(
                        list_sum([
                            (2 * i - negatives - 1) * x[i] for i in range(1, negatives + 1)
                        ]) / (negatives * list_sum([abs(v) for v in x if v < 0])), 0
                    )
                else 0.0::double
            end as deficit,
            case
                when positives > 0
                    then greatest(
                        list_sum([
                            (2 * i - positives - 1) * x[n - positives + i]
                            for i in range(1, positives + 1)
                        ]) / (positives * list_sum([v for v in x if v > 0])), 0
                    )
                else 0.0::double
            end as surplus
        from (
            select
                x,
                len(x) as n,
                len([v for v in x if v < 0]) as negatives,
                len([v for v in x if v > 0]) as positives,
                list_sum([abs(v) for v in x]) as magnitude
            from (
                select list_sort(x) as x from (select vals::double[] as x) as supplied
            ) as given
            where len(x) >= 1 and len(x) = len([v for v in x if isfinite(v)])
        ) as described
    ) as grouped
);
comment on macro gini is
    'Gini coefficients with negative values, eqs 12-16. NULL for an empty list, or with a gap.';

create macro place(place_name) as table (
    select * from bi.carbon_budgets
    where lower(entity_name) = lower(place_name)
        or entity_name_zh = place_name
        or entity_id = place_name
    order by entity_level, entity_id, year
);
comment on macro table place is
    'Budgets of the places of a name (in either language) or id, by level and year.';

create macro compare(place_a, place_b) as table (
    select
        a.entity_level,
        a.year,
        a.entity_name as name_a,
        b.entity_name as name_b,
        a.ce_tgco2 as ce_a_tgco2,
        b.ce_tgco2 as ce_b_tgco2,
        a.ecs_tgco2 as ecs_a_tgco2,
        b.ecs_tgco2 as ecs_b_tgco2,
        a.cnc_tgco2 as cnc_a_tgco2,
        b.cnc_tgco2 as cnc_b_tgco2,
        a.cnc_tgco2 - b.cnc_tgco2 as cnc_difference_tgco2
    from bi.carbon_budgets as a
    inner join bi.carbon_budgets as b
        on a.entity_level = b.entity_level and a.year = b.year
    where (
        lower(a.entity_name) = lower(place_a)
        or a.entity_name_zh = place_a
        or a.entity_id = place_a
    ) and (
        lower(b.entity_name) = lower(place_b)
        or b.entity_name_zh = place_b
        or b.entity_id = place_b
    )
    order by a.entity_level, a.year
);
comment on macro table compare is
    'Two places of the same level side by side, by year; each by name or id.';

create macro what_if(cut) as table (
    select
        entity_level,
        entity_id,
        entity_name,
        year,
        ce_tgco2,
        ce_tgco2 * (1 - cut) as ce_if_tgco2,
        ecs_tgco2,
        cnc_tgco2,
        ecs_tgco2 - ce_tgco2 * (1 - cut) as cnc_if_tgco2,
        carbon_state,
        case
            when ecs_tgco2 - ce_tgco2 * (1 - cut) > 0 then 'surplus'
            when ecs_tgco2 - ce_tgco2 * (1 - cut) < 0 then 'deficit'
            when ecs_tgco2 - ce_tgco2 * (1 - cut) = 0 then 'neutral'
        end as carbon_state_if
    from bi.carbon_budgets
    where year = (select max(year) from bi.carbon_budgets)
    order by entity_level, entity_id
);
comment on macro table what_if is
    'The last year if every place emitted less by a share: what_if(0.3) is 30 % less.';

create macro verify() as table (
    select
        identity,
        row_count,
        largest_residual,
        coalesce(largest_residual, 0) <= 1e-9 as holds
    from (
        select
            'NEP = NPP - RH' as identity,
            count(nep_tgco2) as row_count,
            max(abs(nep_tgco2 - (npp_tgco2 - rh_tgco2)) / greatest(abs(npp_tgco2), 1e-300))
                as largest_residual
        from bi.carbon_budgets
        union all
        select
            'ECS = NEP + RCS',
            count(ecs_tgco2),
            max(
                abs(ecs_tgco2 - (nep_tgco2 + rcs_tgco2))
                / greatest(abs(nep_tgco2) + abs(rcs_tgco2), 1e-300)
            )
        from bi.carbon_budgets
        union all
        select
            'CNC = ECS - CE',
            count(cnc_tgco2),
            max(
                abs(cnc_tgco2 - (ecs_tgco2 - ce_tgco2))
                / greatest(abs(ecs_tgco2) + abs(ce_tgco2), 1e-300)
            )
        from bi.carbon_budgets
        union all
        select
            'sinks of ' || parts.entity_level || ' rows sum to the nation',
            count(*),
            max(abs(parts.ecs_tgco2 - nation.ecs_tgco2) / greatest(parts.scale, 1e-300))
        from (
            select
                entity_level,
                year,
                sum(ecs_tgco2) as ecs_tgco2,
                sum(abs(ecs_tgco2)) as scale
            from bi.carbon_budgets
            where entity_level in ('province', 'city')
            group by entity_level, year
        ) as parts
        inner join (
            select year, ecs_tgco2 from bi.carbon_budgets where entity_level = 'nation'
        ) as nation on parts.year = nation.year
        group by parts.entity_level
    ) as residuals
    order by identity
);
comment on macro table verify is
    'The identities of the budgets computed anew from this file: rows, largest relative residual, and whether each holds.';
